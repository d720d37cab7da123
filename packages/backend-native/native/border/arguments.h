// Checked access to the JavaScript arguments of a call. Every entry point reads its arguments through this class.
//
// The first invalid argument throws a JavaScript exception; later reads return null or zero. So an entry point reads all arguments first,
// then returns unless `valid()`, or passes its kernel to `run`, which checks that itself.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "border/environment.h"
#include "border/host.h"

namespace st {

/** Most arguments of an entry point. */
constexpr int kMostArguments = 16;

class Arguments {
 public:
  /** Runs an entry point on the arguments of a call; the host calls it for every call of JavaScript. No C++ exception leaves it. */
  static Result call(HostCall& call, const EntryPoint& entryPoint) noexcept;

  bool valid() const { return valid_; }
  Environment& environment() const { return *entryPoint_.environment; }
  /** For the host's own entry points. */
  HostCall& hostCall() const { return call_; }

  /** A typed array of at least `length` elements, for reading. */
  const float* floats(int index, const char* name, std::int64_t length);
  const std::int32_t* ints(int index, const char* name, std::int64_t length);
  const std::uint8_t* bytes(int index, const char* name, std::int64_t length);
  /** The same, or null if the argument is undefined or null. */
  const float* optionalFloats(int index, const char* name, std::int64_t length);
  const std::uint8_t* anyElements(int index, const char* name, std::int64_t length, int elementSize);

  /** A typed array of at least `length` elements, for writing. It must not overlap another argument. */
  float* outFloats(int index, const char* name, std::int64_t length);
  float* optionalOutFloats(int index, const char* name, std::int64_t length);
  std::int32_t* outInts(int index, const char* name, std::int64_t length);
  std::uint8_t* outBytes(int index, const char* name, std::int64_t length);
  std::uint8_t* outElements(int index, const char* name, std::int64_t length, int elementSize);

  /** A number; an integer in [low, high]. */
  double number(int index, const char* name);
  std::int64_t integer(int index, const char* name, std::int64_t low, std::int64_t high);

  /** A copy of an Int32Array of exactly `length` elements. With `length` < 0: of at most `kMostSizes` elements, their number in `found`. */
  const std::int32_t* shape(int index, const char* name, std::int64_t length, std::int64_t* found = nullptr);
  /** An Int32Array of any length, or the first element of any typed array. Must be read before the entry point returns. */
  const std::int32_t* intsNow(int index, const char* name, std::int64_t* found);
  const std::uint8_t* elementNow(int index, const char* name, int elementSize);

  /** Throws a RangeError unless `condition`. */
  void require(bool condition, const char* message);

  /**
   * Runs `kernel` unless an argument was invalid, perhaps later and on another thread. The kernel owns all that it uses except the memory
   * of the arrays read above. It returns nothing, or false if out of memory.
   */
  template <class Kernel>
  void run(const Kernel& kernel) {
    if (!valid_) return;
    const auto work = [kernel]() -> bool {
      if constexpr (std::is_void_v<decltype(kernel())>) {
        kernel();
        return true;
      } else {
        return kernel();
      }
    };
    environment().run(entryPoint_.name, work, touched_, isInBlocks_);
  }

 private:
  Arguments(HostCall& call, const EntryPoint& entryPoint) : call_(call), entryPoint_(entryPoint) {}

  /** Most sizes in a shape or layout: the rank, two offsets, and three numbers for each of 8 axes. */
  static constexpr std::int64_t kMostSizes = 27;
  /** Read before the entry point returns; read when the kernel runs; written when the kernel runs. */
  enum class Use { Now, Read, Write };
  struct Range {
    const std::uint8_t* begin;
    const std::uint8_t* end;
    bool written;
  };

  const void* array(int index, const char* name, std::int64_t length, ElementType type, int elementSize, Use use);
  /** `type` null: any type with elements of this size. `length` < 0: the whole array. */
  const void* typedArray(int index, const char* name, std::int64_t length, const ElementType* type, int elementSize, Use use,
                         std::int64_t* found);
  void fail(const char* code, const char* format, ...);
  void addRange(const void* data, std::size_t bytes, Use use, const char* name);

  HostCall& call_;
  const EntryPoint& entryPoint_;
  Range ranges_[kMostArguments];
  int rangeCount_ = 0;
  std::size_t touched_ = 0;
  bool valid_ = true;
  std::int32_t sizes_[kMostSizes];
  /** True if all arrays of the kernel lie in blocks of the environment. */
  bool isInBlocks_ = true;
};

}  // namespace st
