#pragma once
// The clusters of the training table.
#include "context.h"

namespace deeptype {

// The next of the run, each with a seed of its own.
KMeansRequest kmeansRequest(TrainingContext& context, const ClusterPlan& plan);
// K-means on the representation of the whole table; the outcome becomes the current clusters.
ClusterOutcome clusterTable(TrainingContext& context, const ClusterPlan& plan);
// Gives every row of the table its nearest centroid; returns how many changed cluster.
std::uint64_t relabelTable(TrainingContext& context);
// Between- over within-cluster scatter of the representation: how crisp the clusters are.
double separationOfTable(TrainingContext& context);

}  // namespace deeptype
