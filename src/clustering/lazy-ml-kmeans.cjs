// ml-kmeans for the CommonJS build. The package is ESM only, which `require` loads from Node 20.19 on:
// loaded when it is first used, so that the rest of this package works before.
'use strict';

/** @type {typeof import('ml-kmeans').kmeans} */
const kmeans = (...args) => require('ml-kmeans').kmeans(...args);

/** @type {typeof import('ml-kmeans').kmeansGenerator} */
const kmeansGenerator = (...args) => require('ml-kmeans').kmeansGenerator(...args);

module.exports = { kmeans, kmeansGenerator };
