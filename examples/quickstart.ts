import { DeepType, datasets, metrics } from 'deeptype';

// 1000 samples in 4 clusters; 5 of the 20 columns tell the clusters apart, 15 are noise.
const { X, y, informative } = datasets.makeClusters({ samples: 1000, features: 20, seed: 0 });

const model = new DeepType({ clusters: 4, seed: 0 });
const result = await model.fit(X, y, {
  onProgress: ({ phase, fraction }) => fraction === 1 && console.log(`${phase} done`),
});

console.log('columns that matter:', [...informative]);
console.log(
  'columns selected:   ',
  [...model.selectedFeatures].sort((a, b) => a - b),
);
console.log('clusters, ARI:      ', metrics.adjustedRandIndex(y, model.labels).toFixed(3));
console.log('accuracy:           ', model.score(X, y).toFixed(3));
console.log('KKT residual/alpha: ', (result.kktResidual / result.alpha).toPrecision(2));

const representation = model.transform(X); // Matrix[1000 x 32], for a plot or a search for neighbours
console.log('representation:     ', representation.rows, 'x', representation.columns);
model.dispose();
