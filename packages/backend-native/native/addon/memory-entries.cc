// Array buffers over blocks of our own, and the fill of one.
#include <new>

#include "addon/arguments.h"
#include "addon/entries.h"
#include "memory/aligned-block.h"

namespace st {
namespace {

/** The largest block: 2^40 bytes, below which every size is exact in a double and in the arithmetic of offsets. */
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;

/** The garbage collector has found a buffer; or its environment ends, and then kernels may still be using it. */
void finalize(napi_env env, void* block, void* hint) {
  if (Environment* environment = Environment::of(env)) {
    environment->wait();
    environment->blocks().remove(block);
  }
  freeBlock(block, reinterpret_cast<std::size_t>(hint));
}

/** An ArrayBuffer of that many zeroed bytes; undefined where this runtime allows no external memory (V8 sandbox). */
napi_value allocate(Arguments& in) {
  const auto bytes = static_cast<std::size_t>(in.integer(0, "bytes", 1, kMostBytes));
  if (!in.valid()) return nullptr;
  void* block = allocateBlock(bytes);
  if (block == nullptr) throw std::bad_alloc();
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(in.env(), block, bytes, finalize, reinterpret_cast<void*>(bytes), &buffer) != napi_ok) {
    freeBlock(block, bytes);
    return nullptr;
  }
  in.environment().blocks().add(block, bytes);
  return buffer;
}

/** Gives a buffer's pages back to the machine, after the kernels that may use them; its content is undefined after that. */
napi_value discard(Arguments& in) {
  void* block = nullptr;
  std::size_t bytes = 0;
  if (!in.valid() || napi_get_arraybuffer_info(in.env(), in.value(0), &block, &bytes) != napi_ok) {
    in.require(false, "argument 0 (buffer) must be an ArrayBuffer");
    return nullptr;
  }
  // The pages of an array buffer from elsewhere are not ours to give back.
  if (bytes == 0 || !in.environment().blocks().holds(block, bytes)) return nullptr;
  in.environment().finish();
  discardBlock(block, bytes);
  return nullptr;
}

napi_value allocated(Arguments& in) {
  napi_value result = nullptr;
  napi_create_double(in.env(), static_cast<double>(allocatedBytes()), &result);
  return result;
}

}  // namespace

void addMemoryEntries(Exports& exports) {
  exports.add("allocate", allocate);
  exports.add("discard", discard);
  exports.add("allocatedBytes", allocated);
}

}  // namespace st
