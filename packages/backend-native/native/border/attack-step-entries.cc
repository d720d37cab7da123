// Steps of attacks; src/addon.ts has the arguments of each entry point.
#include "border/arguments.h"
#include "border/entries.h"
#include "border/layout.h"
#include "ops/attack-step.h"

namespace st {
namespace {

Result linfStepEntry(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMostElements);
  const LinfStep step{static_cast<float>(in.number(1, "length")), static_cast<float>(in.number(2, "epsilon")),
                      static_cast<float>(in.number(3, "low")), static_cast<float>(in.number(4, "high"))};
  const float* points = in.floats(5, "points", count);
  const float* gradient = in.floats(6, "gradient", count);
  const float* center = in.floats(7, "center", count);
  float* moved = in.outFloats(8, "moved", count);
  in.run([=] { linfStep(step, count, points, gradient, center, moved); });
  return Result::nothing();
}

}  // namespace

void addAttackStepEntries(Exports& exports) { exports.add("linfStep", linfStepEntry); }

}  // namespace st
