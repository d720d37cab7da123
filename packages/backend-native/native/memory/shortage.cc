#include "memory/shortage.h"

#include <atomic>

namespace st {
namespace {

std::atomic<std::size_t> g_shortage{0};

}  // namespace

void noteShortage(std::size_t bytes) { g_shortage.store(bytes, std::memory_order_relaxed); }

std::size_t takeShortage() { return g_shortage.exchange(0, std::memory_order_relaxed); }

}  // namespace st
