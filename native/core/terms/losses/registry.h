#pragma once
// A variant is its file here and its line in each of the two lists. It has a name and is one of
//   element-wise, the mean over batch and outputs:
//     evaluate(output, target, slope&)     loss and d loss / d output of one number
//   any other, a Loss with
//     make(options)                        nullptr when an option is missing
#include "../variants.h"
#include "binary_cross_entropy.h"
#include "cox.h"
#include "cross_entropy.h"
#include "huber.h"
#include "knowledge_graph.h"
#include "mean_absolute_error.h"
#include "mean_squared_error.h"

namespace deeptype::losses {

using All = Variants<    //
    CrossEntropy,        //
    BinaryCrossEntropy,  //
    MeanSquaredError,    //
    MeanAbsoluteError,   //
    Huber,               //
    Cox,                 //
    KnowledgeGraph>;

}  // namespace deeptype::losses
