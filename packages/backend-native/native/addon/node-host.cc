#include "addon/node-host.h"

#include <cstddef>

namespace st {
namespace {

ElementType elementTypeOf(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array: return ElementType::Int8;
    case napi_uint8_array: return ElementType::Uint8;
    case napi_uint8_clamped_array: return ElementType::Uint8Clamped;
    case napi_int16_array: return ElementType::Int16;
    case napi_uint16_array: return ElementType::Uint16;
    case napi_int32_array: return ElementType::Int32;
    case napi_uint32_array: return ElementType::Uint32;
    case napi_float32_array: return ElementType::Float32;
    case napi_float64_array: return ElementType::Float64;
    case napi_bigint64_array: return ElementType::BigInt64;
    case napi_biguint64_array: return ElementType::BigUint64;
    default: return ElementType::Unknown;
  }
}

/** No element type, the largest value of the enumeration: it stays if Node does not recognize the type of an array. */
constexpr auto kUnrecognized = static_cast<napi_typedarray_type>(15);

/** Null if the value could not be made; a JavaScript exception is then pending. */
napi_value toJavaScript(napi_env env, const Result& result) {
  napi_value value = nullptr, element = nullptr;
  switch (result.kind) {
    case Result::Kind::Nothing: break;
    case Result::Kind::Number: napi_create_double(env, result.number, &value); break;
    case Result::Kind::Truth: napi_get_boolean(env, result.number != 0, &value); break;
    case Result::Kind::Text: napi_create_string_utf8(env, result.text, NAPI_AUTO_LENGTH, &value); break;
    case Result::Kind::Pair:
      napi_create_array_with_length(env, 2, &value);
      napi_create_double(env, result.number, &element);
      napi_set_element(env, value, 0, element);
      napi_create_double(env, result.second, &element);
      napi_set_element(env, value, 1, element);
      break;
    case Result::Kind::Host: value = static_cast<napi_value>(result.host); break;
  }
  return value;
}

}  // namespace

napi_value callFromNode(napi_env env, napi_callback_info info) noexcept {
  HostCall call{env, {}, kMostArguments};
  void* entryPoint = nullptr;
  if (napi_get_cb_info(env, info, &call.count, call.values, nullptr, &entryPoint) != napi_ok || entryPoint == nullptr) {
    host::throwRangeError(call, "ERR_INVALID_ARG_VALUE", "[@st/backend-native] the call's arguments could not be read");
    return nullptr;
  }
  if (call.count > kMostArguments) call.count = kMostArguments;
  return toJavaScript(env, Arguments::call(call, *static_cast<const EntryPoint*>(entryPoint)));
}

Environment* environmentOf(napi_env env) {
  void* environment = nullptr;
  return napi_get_instance_data(env, &environment) == napi_ok ? static_cast<Environment*>(environment) : nullptr;
}

namespace host {

bool isMissing(HostCall& call, int index) {
  if (index >= static_cast<int>(call.count)) return true;
  napi_valuetype type;
  return napi_typeof(call.env, call.values[index], &type) != napi_ok || type == napi_undefined || type == napi_null;
}

bool readNumber(HostCall& call, int index, double* number) {
  return index < static_cast<int>(call.count) && napi_get_value_double(call.env, call.values[index], number) == napi_ok;
}

ArrayRead readArray(HostCall& call, int index, HostArray* array) {
  bool isArray = false;
  if (index < static_cast<int>(call.count)) napi_is_typedarray(call.env, call.values[index], &isArray);
  if (!isArray) return ArrayRead::NoArray;
  napi_typedarray_type type = kUnrecognized;
  void* data = nullptr;
  if (napi_get_typedarray_info(call.env, call.values[index], &type, &array->elements, &data, nullptr, nullptr) != napi_ok) return ArrayRead::Failed;
  array->type = elementTypeOf(type);
  array->data = data;
  return ArrayRead::Done;
}

void throwRangeError(HostCall& call, const char* code, const char* message) { napi_throw_range_error(call.env, code, message); }

void throwShortage(HostContext* context, const char* message) {
  napi_throw_error(envOf(context), "ERR_MEMORY_ALLOCATION_FAILED", message);
}

}  // namespace host
}  // namespace st
