// The border's host in Node: JavaScript's values by Node-API.
#pragma once
#include <node_api.h>

#include <cstddef>

#include "border/arguments.h"
#include "border/entries.h"
#include "border/host.h"

namespace st {

/** One call of an entry point. */
struct HostCall {
  napi_env env;
  napi_value values[kMostArguments];
  std::size_t count;
};

/** The function that JavaScript calls, for every entry point: its data is the `EntryPoint`. */
napi_value callFromNode(napi_env env, napi_callback_info info) noexcept;

/** A `napi_env` as the border passes it around. */
inline HostContext* contextOf(napi_env env) { return reinterpret_cast<HostContext*>(env); }
inline napi_env envOf(HostContext* context) { return reinterpret_cast<napi_env>(context); }

/** The environment in which `env` has loaded the module, or null while it shuts down. */
Environment* environmentOf(napi_env env);

/** `allocate`, `discard`, `allocatedBytes`. */
void addMemoryEntries(Exports& exports);

}  // namespace st
