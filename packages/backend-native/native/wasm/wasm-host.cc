// The border's host in WebAssembly. JavaScript writes the arguments of a call to a frame in linear memory, calls `call`, and reads the result
// or the error from it. Arrays are addresses: all of a back end's arrays lie in linear memory.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "border/entries.h"
#include "isa/isa.h"
#include "memory/aligned-block.h"
#include "memory/aligned-memory.h"
#include "parallel.h"
#include "scratch.h"
#include "wasm/threads.h"

#define ST_EXPORT(name) __attribute__((export_name(#name)))

namespace st {

struct HostCall {
  int count;
};

namespace {

/** As in src/call-frame.ts of @st/backend-wasm. */
enum Kind : std::int32_t { Missing, Number, Other, Array, Copy };

struct Argument {
  double number;
  std::int32_t kind;
  std::int32_t elementType;
  std::uint32_t elements;
  std::uint32_t address;
};

enum ErrorKind : std::int32_t { None, Range, Shortage };

/** What JavaScript and a call exchange. */
struct Frame {
  Argument arguments[kMostArguments];
  double number, second;
  std::int32_t resultKind;
  const char* text;
  std::int32_t errorKind;
  char errorCode[64];
  char errorMessage[400];
  /** Copies of arrays outside linear memory that are read before the call returns: shapes, layouts, the element of a fill. */
  alignas(8) std::uint8_t copies[kMostArguments][256];
};

Frame g_frame;

// src/call-frame.ts of @st/backend-wasm has the same offsets.
static_assert(sizeof(Argument) == 24 && offsetof(Argument, kind) == 8 && offsetof(Argument, address) == 20, "an argument's layout");
constexpr std::size_t kResult = sizeof(Frame::arguments);
static_assert(offsetof(Frame, number) == kResult && offsetof(Frame, second) == kResult + 8, "a result's layout");
static_assert(offsetof(Frame, resultKind) == kResult + 16 && offsetof(Frame, text) == kResult + 20, "a result's layout");
static_assert(offsetof(Frame, errorKind) == kResult + 24 && offsetof(Frame, errorCode) == kResult + 28, "an error's layout");
static_assert(offsetof(Frame, errorMessage) == kResult + 92 && offsetof(Frame, copies) == kResult + 496, "an error's layout");

void setError(ErrorKind kind, const char* code, const char* message) {
  if (g_frame.errorKind != None) return;
  g_frame.errorKind = kind;
  std::strncpy(g_frame.errorCode, code, sizeof g_frame.errorCode - 1);
  std::strncpy(g_frame.errorMessage, message, sizeof g_frame.errorMessage - 1);
}

class WasmExports final : public Exports {
 public:
  explicit WasmExports(Environment& environment) : environment_(environment) {}
  void add(const char* name, EntryPoint::Body body) override { entries_.push_back(environment_.keep(name, body)); }
  const std::vector<EntryPoint*>& entries() const { return entries_; }

 private:
  Environment& environment_;
  std::vector<EntryPoint*> entries_;
};

struct Module {
  Environment environment{nullptr};
  WasmExports exports{environment};
};

Module* g_module = nullptr;

/** Blocks are whole pages of this size, so that JavaScript finds the block of an address by its page. */
constexpr std::size_t kPage = 4096;
constexpr std::int64_t kMostBytes = (std::int64_t{1} << 32) - kPage;

/** The address of a block of zeroed bytes. */
Result allocate(Arguments& in) {
  const auto bytes = static_cast<std::size_t>(in.integer(0, "bytes", kPage, kMostBytes));
  in.require(bytes % kPage == 0, "bytes must be a multiple of 4096");
  if (!in.valid()) return Result::nothing();
  void* block = allocateBlock(bytes);
  if (block == nullptr) {
    in.environment().throwShortage("allocate");
    return Result::nothing();
  }
  in.environment().blocks().add(block, bytes);
  return Result::ofNumber(static_cast<double>(reinterpret_cast<std::uintptr_t>(block)));
}

/** Frees the block at an address, after the kernels that may use it have run. */
Result discard(Arguments& in) {
  const auto address = static_cast<std::uintptr_t>(in.integer(0, "address", 1, kMostBytes));
  const auto bytes = static_cast<std::size_t>(in.integer(1, "bytes", kPage, kMostBytes));
  if (!in.valid()) return Result::nothing();
  void* block = reinterpret_cast<void*>(address);
  in.require(in.environment().blocks().holds(block, bytes), "there is no block of this size at this address");
  if (!in.valid()) return Result::nothing();
  in.environment().wait();
  in.environment().blocks().remove(block);
  freeBlock(block, bytes);
  return Result::nothing();
}

Result allocated(Arguments&) { return Result::ofNumber(static_cast<double>(allocatedBytes())); }

}  // namespace

namespace host {

bool isMissing(HostCall& call, int index) { return index >= call.count || g_frame.arguments[index].kind == Missing; }

bool readNumber(HostCall& call, int index, double* number) {
  if (index >= call.count || g_frame.arguments[index].kind != Number) return false;
  *number = g_frame.arguments[index].number;
  return true;
}

ArrayRead readArray(HostCall& call, int index, HostArray* array) {
  if (index >= call.count) return ArrayRead::NoArray;
  const Argument& argument = g_frame.arguments[index];
  if (argument.kind != Array && argument.kind != Copy) return ArrayRead::NoArray;
  const auto type = static_cast<ElementType>(argument.elementType);
  *array = {type, argument.elements, reinterpret_cast<const void*>(static_cast<std::uintptr_t>(argument.address)), argument.kind == Copy};
  return ArrayRead::Done;
}

void throwRangeError(HostCall&, const char* code, const char* message) { setError(Range, code, message); }

void throwShortage(HostContext*, const char* message) { setError(Shortage, "ERR_MEMORY_ALLOCATION_FAILED", message); }

}  // namespace host

extern "C" {

/** Called once, on the thread of JavaScript, before any worker starts: what is made on first use is made here, by one thread. */
ST_EXPORT(initialize) void initialize() {
  setThreadCount(1);
  scratchBytesKept();
  activeIsa();
  g_module = new Module;
  g_module->exports.add("allocate", allocate);
  g_module->exports.add("discard", discard);
  g_module->exports.add("allocatedBytes", allocated);
  addEntries(g_module->exports);
}

ST_EXPORT(entryCount) int entryCount() { return static_cast<int>(g_module->exports.entries().size()); }
ST_EXPORT(entryName) const char* entryName(int index) { return g_module->exports.entries()[static_cast<std::size_t>(index)]->name; }

ST_EXPORT(frame) Frame* frame() { return &g_frame; }

/** Calls entry point `index` with the frame's first `count` arguments. */
ST_EXPORT(call) void callEntry(int index, int count) {
  g_frame.errorKind = None;
  HostCall call{count < kMostArguments ? count : kMostArguments};
  const Result result = Arguments::call(call, *g_module->exports.entries()[static_cast<std::size_t>(index)]);
  g_frame.resultKind = static_cast<std::int32_t>(result.kind);
  g_frame.number = result.number;
  g_frame.second = result.second;
  g_frame.text = result.text;
}

/** Memory for a worker's stack and thread-local variables. */
ST_EXPORT(allocateForWorker) void* allocateForWorker(std::size_t bytes) { return allocateAligned(bytes); }

}  // extern "C"
}  // namespace st
