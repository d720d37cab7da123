#include "conv/post-ops.h"

#include "conv/post-ops-vector.h"

namespace st {
namespace ST_ISA {
namespace {

void run(const ConvFinish& finish, float* out, int channels, std::int64_t first, std::int64_t pixels) {
  withParts(finish, [&](auto mask, auto residual) {
    for (Index pixel = first; pixel < first + pixels; pixel++)
      for (int c = 0; c < channels; c += kLanes) {
        const int lanes = channels - c < kLanes ? channels - c : kLanes;
        const Index at = pixel * channels + c;
        const FinishVector vector(finish, c, lanes, at);
        const Vec v = loadFirst(out + at, lanes);
        storeFirst(out + at, vector.template finished<decltype(mask)::value, decltype(residual)::value>(v, 0, lanes), lanes);
      }
  });
}

const FinishTable kTable = {run};

}  // namespace

const FinishTable& finishTable() { return kTable; }

}  // namespace ST_ISA
}  // namespace st
