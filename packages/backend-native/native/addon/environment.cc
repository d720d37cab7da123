#include "addon/environment.h"

#include <cstdio>

namespace st {

void throwOutOfMemory(napi_env env, const char* where) {
  char message[160];
  std::snprintf(message, sizeof message, "[@st/backend-native] %s: out of memory", where);
  napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", message);
}

void Environment::finish() {
  queue_.finish();
  if (kept_ != nullptr) napi_delete_reference(env_, kept_);
  kept_ = nullptr;
  keptCount_ = 0;
  if (const char* where = queue_.takeFailure()) throwOutOfMemory(env_, where);
}

void Environment::makeRoom() {
  if (queue_.isFull() || keptCount_ > kMostKept) finish();
}

void Environment::keep(const napi_value* arrays, int count) {
  napi_value list = nullptr;
  if (kept_ == nullptr) {
    if (napi_create_array(env_, &list) != napi_ok || napi_create_reference(env_, list, 1, &kept_) != napi_ok) return queue_.finish();
  } else if (napi_get_reference_value(env_, kept_, &list) != napi_ok) {
    return queue_.finish();
  }
  for (int i = 0; i < count; i++)
    if (napi_set_element(env_, list, keptCount_++, arrays[i]) != napi_ok) return queue_.finish();
}

}  // namespace st
