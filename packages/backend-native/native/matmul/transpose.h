#pragma once

namespace st {

/** out [columns, rows] = the transpose of in [rows, columns]. */
void transpose(const float* in, int rows, int columns, float* out);

}  // namespace st
