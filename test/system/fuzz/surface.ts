// What the package exports, by the names under which calls.ts calls it.
import * as index from '../../../src/index.js';
import * as mlKmeans from '../../../src/kmeans.js';

/** For the package's own use, protected, or tried in machines.ts. */
const LEFT_OUT = [
  ...['Lasso.learned', 'ElasticNet.learned', 'Ridge.learned'],
  ...['DeepType.choiceOf', 'DeepType.exactly', 'Network.handleOf', 'Network.during'],
  'new DeepTypeError',
  ...['DeepType.stop', 'DeepType.dispose', 'Trainer.stop', 'Trainer.dispose', 'Network.dispose'],
];

export function surface(): string[] {
  const names = [...namesIn(index, ''), ...namesIn(mlKmeans, '')];
  return [...new Set(names)].filter((name) => !LEFT_OUT.includes(name)).sort();
}

function namesIn(exports: object, prefix: string): string[] {
  return Object.entries(exports).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'function') {
      return String(value).startsWith('class') ? membersOf(value, name) : [prefix + name];
    }
    return typeof value === 'object' && value !== null && prefix === ''
      ? namesIn(value, `${name}.`)
      : [];
  });
}

/** The constructor and the members, inherited and static ones too, but none whose name is a symbol. */
function membersOf(type: object, name: string): string[] {
  const isStatic = (key: string) => !['length', 'name', 'prototype'].includes(key);
  const members = Object.getOwnPropertyNames(type).filter(isStatic);
  let prototype = Reflect.get(type, 'prototype') as object;
  while (prototype !== Object.prototype && prototype !== Error.prototype) {
    members.push(...Object.getOwnPropertyNames(prototype));
    prototype = Object.getPrototypeOf(prototype);
  }
  return members.map((key) => (key === 'constructor' ? `new ${name}` : `${name}.${key}`));
}
