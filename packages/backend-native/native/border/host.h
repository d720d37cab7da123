// What the border needs of its host: Node-API (`addon/`), or a program around WebAssembly's linear memory (`wasm/`). Each module is linked
// with one of them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace st {

/** The host's objects; only the host looks inside. `HostCall` lives as long as one call, `HostContext` as long as an environment. */
struct HostCall;
struct HostContext;

/** Element types of JavaScript's typed arrays; `Unknown` for types that the host has and this list lacks. */
enum class ElementType { Int8, Uint8, Uint8Clamped, Int16, Uint16, Int32, Uint32, Float32, Float64, BigInt64, BigUint64, Unknown };

/** A typed array among the arguments. */
struct HostArray {
  ElementType type = ElementType::Unknown;
  std::size_t elements = 0;
  const void* data = nullptr;
  /** True for a copy that the host made for this call: JavaScript would not see what a kernel writes to it. */
  bool isCopy = false;
};

/** What an entry point returns to JavaScript. */
struct Result {
  enum class Kind { Nothing, Number, Truth, Text, Pair, Host };
  Kind kind = Kind::Nothing;
  double number = 0;
  /** The second number of a pair. */
  double second = 0;
  const char* text = nullptr;
  /** A value that the host's own entry points made. */
  void* host = nullptr;

  static Result nothing() { return {}; }
  static Result ofNumber(double number) { return {Kind::Number, number}; }
  static Result ofTruth(bool truth) { return {Kind::Truth, truth ? 1.0 : 0.0}; }
  static Result ofPair(double first, double second) { return {Kind::Pair, first, second}; }
  static Result ofText(const char* text) { return {Kind::Text, 0, 0, text}; }
  static Result ofHost(void* value) { return {Kind::Host, 0, 0, nullptr, value}; }
};

namespace host {

/** True if the argument is absent, undefined or null. */
bool isMissing(HostCall& call, int index);

/** False if the argument is no number. */
bool readNumber(HostCall& call, int index, double* number);

enum class ArrayRead { Done, NoArray, Failed };
ArrayRead readArray(HostCall& call, int index, HostArray* array);

/** Throws a JavaScript RangeError with a `code`. The first error of a call stays. */
void throwRangeError(HostCall& call, const char* code, const char* message);

/** Throws a JavaScript Error with the code ERR_MEMORY_ALLOCATION_FAILED. */
void throwShortage(HostContext* context, const char* message);

}  // namespace host
}  // namespace st
