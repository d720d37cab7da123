#include "conv/post-ops.h"

#include "conv/post-ops-vector.h"

namespace st {
namespace ST_ISA {
namespace {

void run(const PostOps& postOps, float* out, int channels, std::int64_t first, std::int64_t pixels) {
  withOperands(postOps, [&](auto mask, auto residual) {
    for (Index pixel = first; pixel < first + pixels; pixel++)
      for (int c = 0; c < channels; c += kLanes) {
        const int lanes = channels - c < kLanes ? channels - c : kLanes;
        const Index offset = pixel * channels + c;
        const PostOpsVector vector(postOps, c, lanes, offset);
        const Vec v = loadFirst(out + offset, lanes);
        storeFirst(out + offset, vector.template apply<decltype(mask)::value, decltype(residual)::value>(v, 0, lanes), lanes);
      }
  });
}

const PostOpsTable kTable = {run};

}  // namespace

const PostOpsTable& postOpsTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
