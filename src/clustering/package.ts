// The only file that loads the npm package ml-kmeans; `#ml-kmeans` is the package itself in the ESM
// build and lazy-ml-kmeans.cjs in the CommonJS one.

export type { Options as PackageOptions } from 'ml-kmeans';
export { kmeans as packageKmeans, kmeansGenerator as packageGenerator } from '#ml-kmeans';
