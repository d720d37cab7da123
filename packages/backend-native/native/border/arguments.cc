#include "border/arguments.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "memory/shortage.h"

namespace st {
namespace {

const char* typeName(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array: return "Int8Array";
    case napi_uint8_array: return "Uint8Array";
    case napi_uint8_clamped_array: return "Uint8ClampedArray";
    case napi_int16_array: return "Int16Array";
    case napi_uint16_array: return "Uint16Array";
    case napi_int32_array: return "Int32Array";
    case napi_uint32_array: return "Uint32Array";
    case napi_float32_array: return "Float32Array";
    case napi_float64_array: return "Float64Array";
    case napi_bigint64_array: return "BigInt64Array";
    case napi_biguint64_array: return "BigUint64Array";
    default: return "another typed array";
  }
}

/** Bytes per element; 0 for types of newer versions of Node, which no entry point takes. */
int elementBytes(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array: return 1;
    case napi_int16_array:
    case napi_uint16_array: return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array: return 4;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array: return 8;
    default: return 0;
  }
}

/** Any element type of the required size. */
constexpr int kAnyType = -1;
/** No element type: the value that stays if Node does not recognize the type of an array. */
constexpr auto kUnknownType = static_cast<napi_typedarray_type>(0xff);

}  // namespace

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  void* entryPoint = nullptr;
  if (napi_get_cb_info(env, info, &count_, values_, nullptr, &entryPoint) != napi_ok) {
    count_ = 0;
    fail("ERR_INVALID_ARG_VALUE", "the call's arguments could not be read");
  }
  entryPoint_ = static_cast<const EntryPoint*>(entryPoint);
  if (count_ > kMost) count_ = kMost;
}

napi_value Arguments::call(napi_env env, napi_callback_info info) noexcept {
  Arguments in(env, info);
  if (in.entryPoint_ == nullptr) return nullptr;
  try {
    return in.entryPoint_->body(in);
  } catch (...) {
    // Only out of memory throws here.
    throwOutOfMemory(env, in.entryPoint_->name, takeShortage());
    return nullptr;
  }
}

void Arguments::fail(const char* code, const char* format, ...) {
  if (!valid_) return;
  valid_ = false;
  char text[256];
  va_list list;
  va_start(list, format);
  std::vsnprintf(text, sizeof text, format, list);
  va_end(list);
  char message[400];
  std::snprintf(message, sizeof message, "[@st/backend-native] %s: %s", entryPoint_ != nullptr ? entryPoint_->name : "call", text);
  napi_throw_range_error(env_, code, message);
}

void Arguments::require(bool condition, const char* message) {
  if (!condition) fail("ERR_OUT_OF_RANGE", "%s", message);
}

bool Arguments::isMissing(int index) const {
  if (index >= static_cast<int>(count_)) return true;
  napi_valuetype type;
  return napi_typeof(env_, values_[index], &type) != napi_ok || type == napi_undefined || type == napi_null;
}

void Arguments::addRange(const void* data, std::size_t bytes, Use use, const char* name) {
  if (bytes == 0 || data == nullptr) return;
  const Range range{static_cast<const std::uint8_t*>(data), static_cast<const std::uint8_t*>(data) + bytes, use == Use::Write};
  for (int i = 0; i < rangeCount_; i++) {
    const bool overlaps = range.begin < ranges_[i].end && ranges_[i].begin < range.end;
    if (overlaps && (range.written || ranges_[i].written)) {
      return fail("ERR_INVALID_ARG_VALUE", "%s shares memory with another argument; an output needs memory of its own", name);
    }
  }
  ranges_[rangeCount_++] = range;
  if (use == Use::Now) return;
  touched_ += bytes;
  isInBlocks_ = isInBlocks_ && environment().blocks().holds(data, bytes);
}

const void* Arguments::typedArray(int index, const char* name, std::int64_t length, int wantedType, int elementSize,
                                  Use use, std::int64_t* found) {
  if (!valid_) return nullptr;
  bool isArray = false;
  if (index < static_cast<int>(count_)) napi_is_typedarray(env_, values_[index], &isArray);
  if (!isArray) {
    fail("ERR_INVALID_ARG_TYPE", "argument %d (%s) must be a typed array", index, name);
    return nullptr;
  }
  napi_typedarray_type type = kUnknownType;
  std::size_t elements = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env_, values_[index], &type, &elements, &data, nullptr, nullptr) != napi_ok) {
    fail("ERR_INVALID_ARG_TYPE", "argument %d (%s) could not be read", index, name);
    return nullptr;
  }
  if (wantedType == kAnyType ? elementBytes(type) != elementSize : static_cast<int>(type) != wantedType) {
    fail("ERR_INVALID_ARG_TYPE", "argument %d (%s) has the wrong element type: %s", index, name, typeName(type));
    return nullptr;
  }
  if (length > static_cast<std::int64_t>(elements)) {
    fail("ERR_OUT_OF_RANGE", "argument %d (%s) must have at least %lld elements, got %lld", index, name,
         static_cast<long long>(length), static_cast<long long>(elements));
    return nullptr;
  }
  if (found != nullptr) *found = static_cast<std::int64_t>(elements);
  const std::size_t used = length < 0 ? elements : static_cast<std::size_t>(length);
  addRange(data, used * static_cast<std::size_t>(elementSize), use, name);
  // An empty array may have a null address. Entry points never read it, but null would mean "absent".
  static const double kEmpty[1] = {0};
  return data != nullptr ? data : kEmpty;
}

const void* Arguments::array(int index, const char* name, std::int64_t length, napi_typedarray_type type, int elementSize,
                             Use use) {
  if (valid_ && length < 0) fail("ERR_OUT_OF_RANGE", "argument %d (%s) would have a negative length", index, name);
  return typedArray(index, name, length, static_cast<int>(type), elementSize, use, nullptr);
}

const float* Arguments::floats(int index, const char* name, std::int64_t length) {
  return static_cast<const float*>(array(index, name, length, napi_float32_array, 4, Use::Read));
}

const std::int32_t* Arguments::ints(int index, const char* name, std::int64_t length) {
  return static_cast<const std::int32_t*>(array(index, name, length, napi_int32_array, 4, Use::Read));
}

const std::uint8_t* Arguments::bytes(int index, const char* name, std::int64_t length) {
  return static_cast<const std::uint8_t*>(array(index, name, length, napi_uint8_array, 1, Use::Read));
}

const float* Arguments::optionalFloats(int index, const char* name, std::int64_t length) {
  return isMissing(index) ? nullptr : floats(index, name, length);
}

const std::uint8_t* Arguments::anyElements(int index, const char* name, std::int64_t length, int elementSize) {
  return static_cast<const std::uint8_t*>(typedArray(index, name, length, kAnyType, elementSize, Use::Read, nullptr));
}

float* Arguments::outFloats(int index, const char* name, std::int64_t length) {
  return static_cast<float*>(const_cast<void*>(array(index, name, length, napi_float32_array, 4, Use::Write)));
}

float* Arguments::optionalOutFloats(int index, const char* name, std::int64_t length) {
  return isMissing(index) ? nullptr : outFloats(index, name, length);
}

std::int32_t* Arguments::outInts(int index, const char* name, std::int64_t length) {
  return static_cast<std::int32_t*>(const_cast<void*>(array(index, name, length, napi_int32_array, 4, Use::Write)));
}

std::uint8_t* Arguments::outBytes(int index, const char* name, std::int64_t length) {
  return static_cast<std::uint8_t*>(const_cast<void*>(array(index, name, length, napi_uint8_array, 1, Use::Write)));
}

std::uint8_t* Arguments::outElements(int index, const char* name, std::int64_t length, int elementSize) {
  return static_cast<std::uint8_t*>(const_cast<void*>(typedArray(index, name, length, kAnyType, elementSize, Use::Write, nullptr)));
}

double Arguments::number(int index, const char* name) {
  if (!valid_) return 0;
  double value = 0;
  if (index >= static_cast<int>(count_) || napi_get_value_double(env_, values_[index], &value) != napi_ok) {
    fail("ERR_INVALID_ARG_TYPE", "argument %d (%s) must be a number", index, name);
    return 0;
  }
  return value;
}

std::int64_t Arguments::integer(int index, const char* name, std::int64_t low, std::int64_t high) {
  const double value = number(index, name);
  if (!valid_) return 0;
  if (!(value >= static_cast<double>(low) && value <= static_cast<double>(high)) || value != std::floor(value)) {
    fail("ERR_OUT_OF_RANGE", "argument %d (%s) must be an integer in [%lld, %lld], got %g", index, name,
         static_cast<long long>(low), static_cast<long long>(high), value);
    return 0;
  }
  return static_cast<std::int64_t>(value);
}

const std::int32_t* Arguments::shape(int index, const char* name, std::int64_t length, std::int64_t* found) {
  std::int64_t elements = 0;
  const std::int32_t* given = intsNow(index, name, &elements);
  if (valid_ && length >= 0 && elements != length) {
    fail("ERR_OUT_OF_RANGE", "argument %d (%s) must have %lld elements, got %lld", index, name,
         static_cast<long long>(length), static_cast<long long>(elements));
  }
  if (valid_ && elements > kMostSizes) {
    fail("ERR_OUT_OF_RANGE", "argument %d (%s) must hold the rank (1 to 8) and what follows from it, got %lld elements", index, name,
         static_cast<long long>(elements));
  }
  if (!valid_) return nullptr;
  // Another thread may write to shared memory: check and use the same copy.
  std::memcpy(sizes_, given, static_cast<std::size_t>(elements) * sizeof(std::int32_t));
  if (found != nullptr) *found = elements;
  return sizes_;
}

const std::int32_t* Arguments::intsNow(int index, const char* name, std::int64_t* found) {
  return static_cast<const std::int32_t*>(typedArray(index, name, -1, static_cast<int>(napi_int32_array), 4, Use::Now, found));
}

const std::uint8_t* Arguments::elementNow(int index, const char* name, int elementSize) {
  return static_cast<const std::uint8_t*>(typedArray(index, name, 1, kAnyType, elementSize, Use::Now, nullptr));
}

}  // namespace st
