#pragma once

namespace deeptype {

// bf16: factors are rounded to bfloat16 and summed in float32, in products large enough to be
// faster on a processor with bf16Available(); elsewhere the same as float32.
enum class Precision { float32, bf16 };

}  // namespace deeptype
