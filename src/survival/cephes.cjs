// Cephes, loaded when a tail is first asked for. Its CommonJS build is ready at once; its ESM build
// compiles later, behind a promise, which no synchronous call could wait for.
'use strict';

/** @returns {typeof import('cephes')} */
module.exports = () => require('cephes');
