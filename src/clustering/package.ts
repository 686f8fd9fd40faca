// The only file that loads the npm package ml-kmeans.
export {
  kmeans as packageKmeans,
  kmeansGenerator as packageGenerator,
  type Options as PackageOptions,
} from 'ml-kmeans';
