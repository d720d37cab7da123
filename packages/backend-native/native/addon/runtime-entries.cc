// Version, threads, instruction set; synchronize() waits for all kernels.
#include <cstdint>

#include "addon/arguments.h"
#include "addon/entries.h"
#include "fma-peak.h"
#include "isa/isa.h"
#include "parallel.h"
#include "scratch.h"

namespace st {
namespace {

/** Counts changes of the entry points; src/load-addon.ts refuses a module with another number. */
constexpr int kInterfaceVersion = 4;

napi_value fromNumber(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

napi_value interfaceVersion(napi_env env, napi_callback_info) { return fromNumber(env, kInterfaceVersion); }

napi_value getThreads(napi_env env, napi_callback_info) { return fromNumber(env, threadCount()); }

napi_value setThreads(napi_env env, napi_callback_info info) {
  Arguments in(env, info, "setThreads");
  const auto count = in.integer(0, "count", 0, kMaxThreads);
  if (!in.valid()) return nullptr;
  in.environment().finish();
  setThreadCount(static_cast<int>(count));
  return nullptr;
}

napi_value instructionSet(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, isaName(activeIsa()), NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value setInstructionSet(napi_env env, napi_callback_info info) {
  Arguments in(env, info, "setInstructionSet");
  const auto isa = in.integer(0, "isa", 0, 2);
  if (!in.valid()) return nullptr;
  in.environment().finish();
  napi_value result = nullptr;
  napi_get_boolean(env, setActiveIsa(static_cast<Isa>(isa)), &result);
  return result;
}

napi_value measureFmaPeak(napi_env env, napi_callback_info info) {
  Arguments in(env, info, "fmaPeak");
  double peak = 0;
  const auto measure = [&peak] {
    peak = fmaPeak();
    return true;
  };
  in.environment().run("fmaPeak", measure, SIZE_MAX, nullptr, 0);
  in.environment().finish();
  return fromNumber(env, peak);
}

napi_value synchronize(napi_env env, napi_callback_info info) {
  Arguments in(env, info, "synchronize");
  in.environment().finish();
  return nullptr;
}

napi_value scratchBytes(napi_env env, napi_callback_info) { return fromNumber(env, static_cast<double>(scratchBytesKept())); }

napi_value dropScratch(napi_env, napi_callback_info) {
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
  exports.add("scratchBytes", scratchBytes);
  exports.add("releaseScratch", dropScratch);
}

}  // namespace st
