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

/** Raised with every change of the entry points; src/load-addon.ts rejects a module with another number. */
constexpr int kInterfaceVersion = 6;

napi_value fromNumber(Arguments& in, double value) {
  napi_value result = nullptr;
  napi_create_double(in.env(), value, &result);
  return result;
}

napi_value interfaceVersion(Arguments& in) { return fromNumber(in, kInterfaceVersion); }

napi_value getThreads(Arguments& in) { return fromNumber(in, threadCount()); }

napi_value setThreads(Arguments& in) {
  const auto count = in.integer(0, "count", 0, kMaxThreads);
  if (!in.valid()) return nullptr;
  in.environment().finish();
  setThreadCount(static_cast<int>(count));
  return nullptr;
}

napi_value instructionSet(Arguments& in) {
  napi_value result = nullptr;
  napi_create_string_utf8(in.env(), isaName(activeIsa()), NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value setInstructionSet(Arguments& in) {
  const auto isa = in.integer(0, "isa", 0, 2);
  if (!in.valid()) return nullptr;
  in.environment().finish();
  napi_value result = nullptr;
  napi_get_boolean(in.env(), setActiveIsa(static_cast<Isa>(isa)), &result);
  return result;
}

napi_value measureFmaPeak(Arguments& in) {
  double peak = 0;
  const auto measure = [&peak] {
    peak = fmaPeak();
    return true;
  };
  in.environment().run("fmaPeak", measure, SIZE_MAX, true);
  in.environment().finish();
  return fromNumber(in, peak);
}

napi_value synchronize(Arguments& in) {
  in.environment().finish();
  return nullptr;
}

napi_value isIdle(Arguments& in) {
  napi_value result = nullptr;
  napi_get_boolean(in.env(), in.environment().isIdle(), &result);
  return result;
}

napi_value scratchBytes(Arguments& in) { return fromNumber(in, static_cast<double>(scratchBytesKept())); }

napi_value dropScratch(Arguments&) {
  releaseScratch();
  return nullptr;
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
