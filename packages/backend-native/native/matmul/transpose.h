#pragma once

namespace st {

/** out [columns, rows] = in [rows, columns] turned over. */
void transpose(const float* in, int rows, int columns, float* out);

}  // namespace st
