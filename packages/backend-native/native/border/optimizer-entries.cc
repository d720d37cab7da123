// Optimizer steps; src/addon.ts has the arguments of each entry point.
#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "ops/optimizer.h"

namespace st {
namespace {

Result sgdEntry(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMostElements);
  const SgdStep step{static_cast<float>(in.number(1, "learningRate")), static_cast<float>(in.number(2, "momentum")),
                     static_cast<float>(in.number(3, "weightDecay")), in.integer(4, "nesterov", 0, 1) == 1};
  const float* parameter = in.floats(5, "parameter", count);
  const float* velocity = in.floats(6, "velocity", count);
  const float* gradient = in.floats(7, "gradient", count);
  float* newParameter = in.outFloats(8, "newParameter", count);
  float* newVelocity = in.outFloats(9, "newVelocity", count);
  in.run([=] { sgdUpdate(step, count, parameter, velocity, gradient, newParameter, newVelocity); });
  return Result::nothing();
}

}  // namespace

void addOptimizerEntries(Exports& exports) { exports.add("sgdUpdate", sgdEntry); }

}  // namespace st
