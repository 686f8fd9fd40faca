#pragma once

namespace deeptype {

// bf16: factors rounded to bfloat16, sums in float32, for products large enough to gain by it on a
// processor that can (bf16Available); elsewhere the same as float32.
enum class Precision { float32, bf16 };

}  // namespace deeptype
