// Checked access to a call's JavaScript arguments: every entry point reads its arguments through this.
//
// The first thing that is wrong becomes a JavaScript exception; what is asked for after that yields null or zero, so an
// entry point asks for everything first, then returns at once unless `valid()`, or hands its kernel to `run`, which looks at that.
#pragma once
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "addon/environment.h"

namespace st {

class Arguments {
 public:
  /** `where` names the entry point in messages. */
  Arguments(napi_env env, napi_callback_info info, const char* where);

  bool valid() const { return valid_; }
  napi_env env() const { return env_; }
  Environment& environment() const { return *environment_; }
  napi_value value(int index) const { return values_[index]; }

  /** A typed array of at least `length` elements that is only read. */
  const float* floats(int index, const char* name, std::int64_t length);
  const std::int32_t* ints(int index, const char* name, std::int64_t length);
  const std::uint8_t* bytes(int index, const char* name, std::int64_t length);
  /** The same, or null where the argument is undefined or null. */
  const float* optionalFloats(int index, const char* name, std::int64_t length);
  const std::uint8_t* anyElements(int index, const char* name, std::int64_t length, int elementSize);

  /** A typed array that the entry point writes; it must overlap no other argument. */
  float* outFloats(int index, const char* name, std::int64_t length);
  float* optionalOutFloats(int index, const char* name, std::int64_t length);
  std::int32_t* outInts(int index, const char* name, std::int64_t length);
  std::uint8_t* outBytes(int index, const char* name, std::int64_t length);
  std::uint8_t* outElements(int index, const char* name, std::int64_t length, int elementSize);

  /** A finite number; an integer within [low, high]. */
  double number(int index, const char* name);
  std::int64_t integer(int index, const char* name, std::int64_t low, std::int64_t high);
  /** An Int32Array of exactly `length` elements, or of any length with `length` < 0 (then given back in `found`). */
  const std::int32_t* shape(int index, const char* name, std::int64_t length, std::int64_t* found = nullptr);

  /** Throws a RangeError unless `condition`. */
  void require(bool condition, const char* message);

  /**
   * Has `kernel` run unless an argument was wrong, perhaps later and on another thread: it owns what it uses, but for the memory of the
   * arrays asked for. It gives nothing, or false where memory ran out.
   */
  template <class Kernel>
  void run(const Kernel& kernel) {
    if (!valid_) return;
    const auto succeeds = [kernel]() -> bool {
      if constexpr (std::is_void_v<decltype(kernel())>) {
        kernel();
        return true;
      } else {
        return kernel();
      }
    };
    environment_->run(where_, succeeds, touched_, arrays_, arrayCount_);
  }

 private:
  static constexpr int kMost = 16;
  struct Range {
    const std::uint8_t* begin;
    const std::uint8_t* end;
    bool written;
  };

  const void* array(int index, const char* name, std::int64_t length, napi_typedarray_type type, int elementSize, bool written);
  const void* typedArray(int index, const char* name, std::int64_t length, int wantedType, int elementSize, bool written,
                         std::int64_t* found);
  bool isMissing(int index) const;
  void fail(const char* code, const char* format, ...);
  void addRange(const void* data, std::size_t bytes, bool written, const char* name);

  napi_env env_;
  Environment* environment_ = nullptr;
  const char* where_;
  napi_value values_[kMost];
  std::size_t count_ = kMost;
  Range ranges_[kMost];
  int rangeCount_ = 0;
  napi_value arrays_[kMost];
  int arrayCount_ = 0;
  std::size_t touched_ = 0;
  bool valid_ = true;
};

}  // namespace st
