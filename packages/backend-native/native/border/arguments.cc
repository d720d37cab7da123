#include "border/arguments.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "memory/shortage.h"

namespace st {
namespace {

const char* typeName(ElementType type) {
  switch (type) {
    case ElementType::Int8: return "Int8Array";
    case ElementType::Uint8: return "Uint8Array";
    case ElementType::Uint8Clamped: return "Uint8ClampedArray";
    case ElementType::Int16: return "Int16Array";
    case ElementType::Uint16: return "Uint16Array";
    case ElementType::Int32: return "Int32Array";
    case ElementType::Uint32: return "Uint32Array";
    case ElementType::Float32: return "Float32Array";
    case ElementType::Float64: return "Float64Array";
    case ElementType::BigInt64: return "BigInt64Array";
    case ElementType::BigUint64: return "BigUint64Array";
    default: return "another typed array";
  }
}

/** Bytes per element; 0 for types that no entry point takes. */
int elementBytes(ElementType type) {
  switch (type) {
    case ElementType::Int8:
    case ElementType::Uint8:
    case ElementType::Uint8Clamped: return 1;
    case ElementType::Int16:
    case ElementType::Uint16: return 2;
    case ElementType::Int32:
    case ElementType::Uint32:
    case ElementType::Float32: return 4;
    case ElementType::Float64:
    case ElementType::BigInt64:
    case ElementType::BigUint64: return 8;
    default: return 0;
  }
}

}  // namespace

Result Arguments::call(HostCall& call, const EntryPoint& entryPoint) noexcept {
  Arguments in(call, entryPoint);
  try {
    return entryPoint.body(in);
  } catch (...) {
    // Only out of memory throws here.
    throwOutOfMemory(entryPoint.environment->context(), entryPoint.name, takeShortage());
    return Result::nothing();
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
  std::snprintf(message, sizeof message, "[@st/backend-native] %s: %s", entryPoint_.name, text);
  host::throwRangeError(call_, code, message);
}

void Arguments::require(bool condition, const char* message) {
  if (!condition) fail("ERR_OUT_OF_RANGE", "%s", message);
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

const void* Arguments::typedArray(int index, const char* name, std::int64_t length, const ElementType* type, int elementSize,
                                  Use use, std::int64_t* found) {
  if (!valid_) return nullptr;
  HostArray array;
  const host::ArrayRead read = host::readArray(call_, index, &array);
  if (read != host::ArrayRead::Done) {
    fail("ERR_INVALID_ARG_TYPE", read == host::ArrayRead::NoArray ? "argument %d (%s) must be a typed array" : "argument %d (%s) could not be read",
         index, name);
    return nullptr;
  }
  const auto [arrayType, elements, data, isCopy] = array;
  if (type == nullptr ? elementBytes(arrayType) != elementSize : arrayType != *type) {
    fail("ERR_INVALID_ARG_TYPE", "argument %d (%s) has the wrong element type: %s", index, name, typeName(arrayType));
    return nullptr;
  }
  if (isCopy && use == Use::Write) {
    fail("ERR_INVALID_ARG_VALUE", "argument %d (%s) is written, so it must lie in the module's memory", index, name);
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

const void* Arguments::array(int index, const char* name, std::int64_t length, ElementType type, int elementSize, Use use) {
  if (valid_ && length < 0) fail("ERR_OUT_OF_RANGE", "argument %d (%s) would have a negative length", index, name);
  return typedArray(index, name, length, &type, elementSize, use, nullptr);
}

const float* Arguments::floats(int index, const char* name, std::int64_t length) {
  return static_cast<const float*>(array(index, name, length, ElementType::Float32, 4, Use::Read));
}

const std::int32_t* Arguments::ints(int index, const char* name, std::int64_t length) {
  return static_cast<const std::int32_t*>(array(index, name, length, ElementType::Int32, 4, Use::Read));
}

const std::uint8_t* Arguments::bytes(int index, const char* name, std::int64_t length) {
  return static_cast<const std::uint8_t*>(array(index, name, length, ElementType::Uint8, 1, Use::Read));
}

const float* Arguments::optionalFloats(int index, const char* name, std::int64_t length) {
  return host::isMissing(call_, index) ? nullptr : floats(index, name, length);
}

const std::uint8_t* Arguments::anyElements(int index, const char* name, std::int64_t length, int elementSize) {
  return static_cast<const std::uint8_t*>(typedArray(index, name, length, nullptr, elementSize, Use::Read, nullptr));
}

float* Arguments::outFloats(int index, const char* name, std::int64_t length) {
  return static_cast<float*>(const_cast<void*>(array(index, name, length, ElementType::Float32, 4, Use::Write)));
}

float* Arguments::optionalOutFloats(int index, const char* name, std::int64_t length) {
  return host::isMissing(call_, index) ? nullptr : outFloats(index, name, length);
}

std::int32_t* Arguments::outInts(int index, const char* name, std::int64_t length) {
  return static_cast<std::int32_t*>(const_cast<void*>(array(index, name, length, ElementType::Int32, 4, Use::Write)));
}

std::uint8_t* Arguments::outBytes(int index, const char* name, std::int64_t length) {
  return static_cast<std::uint8_t*>(const_cast<void*>(array(index, name, length, ElementType::Uint8, 1, Use::Write)));
}

std::uint8_t* Arguments::outElements(int index, const char* name, std::int64_t length, int elementSize) {
  return static_cast<std::uint8_t*>(const_cast<void*>(typedArray(index, name, length, nullptr, elementSize, Use::Write, nullptr)));
}

double Arguments::number(int index, const char* name) {
  if (!valid_) return 0;
  double value = 0;
  if (!host::readNumber(call_, index, &value)) {
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
  constexpr ElementType kInt32 = ElementType::Int32;
  return static_cast<const std::int32_t*>(typedArray(index, name, -1, &kInt32, 4, Use::Now, found));
}

const std::uint8_t* Arguments::elementNow(int index, const char* name, int elementSize) {
  return static_cast<const std::uint8_t*>(typedArray(index, name, 1, nullptr, elementSize, Use::Now, nullptr));
}

}  // namespace st
