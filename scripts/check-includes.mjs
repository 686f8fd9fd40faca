// Whether the includes of native/ keep to the layers: a room includes itself and the rooms named beside it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const BELOW_BACKEND = [
  ...['platform', 'math', 'proximal', 'terms', 'first_layer'],
  ...['network', 'data', 'comm'],
];
/** @type {Record<string, string[]>} */
const ALLOWED = {
  platform: [],
  math: ['platform'],
  proximal: ['platform', 'math'],
  terms: ['platform', 'math', 'proximal'],
  first_layer: ['platform', 'math', 'proximal', 'terms'],
  network: ['platform', 'math', 'terms'],
  data: ['platform', 'math', 'terms'],
  linear: ['platform', 'math'],
  comm: ['platform', 'math'],
  'backend.h': BELOW_BACKEND,
  'backends/cpu': [...BELOW_BACKEND, 'backend.h'],
  'backends/cuda': [...BELOW_BACKEND, 'backend.h'],
  backends: [...BELOW_BACKEND, 'backend.h', 'backends/cpu', 'backends/cuda'],
  training: [...BELOW_BACKEND, 'backend.h', 'backends'],
};

const root = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
  .map((name) => normalize(join('native', name)))
  .filter((name) => /\.(cc|h|cu|cuh)$/.test(name));
const headers = new Set(files);

/**
 * 'training', 'backends' (its registry), 'backends/cpu', 'backend.h', ..., or 'addon'.
 * @param {string} path
 */
function roomOf(path) {
  const [, part, room = '', backend = ''] = path.split('/');
  if (part === 'addon') return 'addon';
  return room === 'backends' && !backend.includes('.') ? `${room}/${backend}` : room;
}

/**
 * What a file includes: headers of native/ by path, others by name.
 * @param {string} path
 */
function includesOf(path) {
  const text = readFileSync(join(root, path), 'utf8');
  return Array.from(text.matchAll(/^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm), ([, name = '']) => {
    const places = [join(dirname(path), name), join('native/core', name), join('native', name)];
    return places.map(normalize).find((place) => headers.has(place)) ?? name;
  });
}

const graph = new Map(files.map((path) => [path, includesOf(path)]));
/** @type {string[]} */
const faults = [];

for (const [path, includes] of graph) {
  const room = roomOf(path);
  if (room !== 'addon' && ALLOWED[room] === undefined) faults.push(`${path}: no such room`);
  for (const included of includes) {
    if (!headers.has(included)) checkForeign(path, room, included);
    else checkLayer(path, room, included);
  }
}

/**
 * @param {string} path
 * @param {string} room
 * @param {string} name
 */
function checkForeign(path, room, name) {
  if (room !== 'addon' && /^(napi|node_api|js_native_api)/.test(name)) {
    faults.push(`${path}: includes ${name}; N-API is for native/addon`);
  }
  if (room !== 'backends/cuda' && /^(cuda|cublas|cudnn|curand|cub\/|thrust\/|nvrtc)/.test(name)) {
    faults.push(`${path}: includes ${name}; CUDA is for native/core/backends/cuda`);
  }
}

/**
 * @param {string} path
 * @param {string} room
 * @param {string} included
 */
function checkLayer(path, room, included) {
  const to = roomOf(included);
  if (room === to || room === 'addon' || ALLOWED[room]?.includes(to)) return;
  faults.push(`${path}: includes ${included}; ${room} may not include ${to}`);
}

/**
 * The first circle of includes that is reached from a file.
 * @param {string} path
 * @param {string[]} trail
 * @param {Set<string>} done
 * @returns {string[] | undefined}
 */
function circleFrom(path, trail, done) {
  if (done.has(path)) return undefined;
  if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
  for (const next of graph.get(path) ?? []) {
    const circle = headers.has(next) ? circleFrom(next, [...trail, path], done) : undefined;
    if (circle !== undefined) return circle;
  }
  done.add(path);
  return undefined;
}

/** @type {Set<string>} */
const done = new Set();
for (const path of files) {
  const circle = circleFrom(path, [], done);
  if (circle === undefined) continue;
  faults.push(`circle: ${circle.join(' -> ')}`);
  break;
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`includes of ${files.length} files keep to the layers`);
