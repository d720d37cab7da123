// Entry points of the runtime: interface version, threads, instruction set, synchronization.
#include <cstdint>

#include "border/arguments.h"
#include "border/entries.h"
#include "fma-peak.h"
#include "isa/isa.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace {

/** Raised with every change of the entry points; src/addon.ts has the same number, and modules with another one are rejected. */
constexpr int kInterfaceVersion = 6;

Result interfaceVersion(Arguments&) { return Result::ofNumber(kInterfaceVersion); }

Result getThreads(Arguments&) { return Result::ofNumber(threadCount()); }

Result setThreads(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMaxThreads);
  if (!in.valid()) return Result::nothing();
  in.environment().finish();
  setThreadCount(static_cast<int>(count));
  return Result::nothing();
}

Result instructionSet(Arguments&) {
  return Result::ofText(isaName(activeIsa()));
}

Result setInstructionSet(Arguments& in) {
  const auto isa = in.integer(0, "isa", 0, 2);
  if (!in.valid()) return Result::nothing();
  in.environment().finish();
  return Result::ofTruth(setActiveIsa(static_cast<Isa>(isa)));
}

Result measureFmaPeak(Arguments& in) {
  double peak = 0;
  const auto measure = [&peak] {
    peak = fmaPeak();
    return true;
  };
  in.environment().run("fmaPeak", measure, SIZE_MAX, true);
  in.environment().finish();
  return Result::ofNumber(peak);
}

Result synchronize(Arguments& in) {
  in.environment().finish();
  return Result::nothing();
}

Result isIdle(Arguments& in) { return Result::ofTruth(in.environment().isIdle()); }

Result scratchBytes(Arguments&) { return Result::ofNumber(static_cast<double>(scratchBytesKept())); }

Result dropScratch(Arguments&) {
  releaseScratch();
  return Result::nothing();
}

}  // namespace

void addRuntimeEntries(Exports& exports) {
  exports.add("interfaceVersion", interfaceVersion);
  exports.add("getThreads", getThreads);
  exports.add("setThreads", setThreads);
  exports.add("instructionSet", instructionSet);
  exports.add("setInstructionSet", setInstructionSet);
  exports.add("fmaPeak", measureFmaPeak);
  exports.add("synchronize", synchronize);
  exports.add("isIdle", isIdle);
  exports.add("scratchBytes", scratchBytes);
  exports.add("releaseScratch", dropScratch);
}

}  // namespace st
