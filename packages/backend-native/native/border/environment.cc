#include "border/environment.h"

#include <cstdio>

#include "memory/shortage.h"

namespace st {

void throwOutOfMemory(napi_env env, const char* where, std::size_t bytes) {
  char message[200];
  if (bytes > 0) std::snprintf(message, sizeof message, "[@st/backend-native] %s: out of memory, %zu bytes were wanted", where, bytes);
  else std::snprintf(message, sizeof message, "[@st/backend-native] %s: out of memory", where);
  napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", message);
}

void Environment::throwShortage(const char* where) { throwOutOfMemory(env_, where, takeShortage()); }

void Environment::finish() {
  queue_.finish();
  if (const WorkQueue::Failure failure = queue_.takeFailure(); failure.name != nullptr) throwOutOfMemory(env_, failure.name, failure.bytes);
}

void Environment::wait() noexcept { queue_.finish(); }

}  // namespace st
