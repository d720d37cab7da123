#include "border/environment.h"

#include <cstdio>

#include "memory/shortage.h"

namespace st {

void throwOutOfMemory(HostContext* context, const char* where, std::size_t bytes) {
  char message[200];
  if (bytes > 0) std::snprintf(message, sizeof message, "[@st/backend-native] %s: out of memory, %zu bytes were wanted", where, bytes);
  else std::snprintf(message, sizeof message, "[@st/backend-native] %s: out of memory", where);
  host::throwShortage(context, message);
}

void Environment::throwShortage(const char* where) { throwOutOfMemory(context_, where, takeShortage()); }

void Environment::finish() {
  queue_.finish();
  if (const WorkQueue::Failure failure = queue_.takeFailure(); failure.name != nullptr) throwOutOfMemory(context_, failure.name, failure.bytes);
}

void Environment::wait() noexcept { queue_.finish(); }

}  // namespace st
