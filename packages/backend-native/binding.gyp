{
  # Kernel sources (*.kernels.cc) are compiled once for each instruction set into a static library of its own;
  # native/isa chooses among them at run time. native/README.md says which flags each gets.
  "variables": {
    "sanitize%": "",
    "kernel_sources": ["<!@(node scripts/list-sources.mjs kernels)"]
  },
  "target_defaults": {
    "include_dirs": ["native"],
    "defines": ["NAPI_VERSION=8"],
    "cflags_cc!": ["-fno-exceptions"],
    "cflags_cc": ["-std=c++17", "-O3", "-fno-math-errno", "-ffp-contract=fast", "-fvisibility=hidden", "-pthread", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-psabi"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "OTHER_CPLUSPLUSFLAGS": ["-fno-math-errno", "-ffp-contract=fast"]
    },
    "msbuild_toolset": "ClangCL",
    "msvs_settings": { "VCCLCompilerTool": { "ExceptionHandling": 1, "AdditionalOptions": ["/std:c++17", "/clang:-O3", "/clang:-fno-math-errno", "/clang:-ffp-contract=fast"] } },
    "conditions": [
      ["sanitize!=''", {
        "cflags_cc": ["-fsanitize=<(sanitize)", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g1", "-O2"],
        "ldflags": ["-fsanitize=<(sanitize)"],
        "defines": ["ST_SANITIZE=1"]
      }]
    ]
  },
  "targets": [
    {
      "target_name": "kernels_baseline",
      "type": "static_library",
      "sources": ["<@(kernel_sources)"],
      "defines": ["ST_ISA=baseline"]
    },
    {
      "target_name": "st_native",
      "sources": ["<!@(node scripts/list-sources.mjs plain)"],
      "dependencies": ["kernels_baseline"],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["kernels_avx2", "kernels_avx512"] }],
        ["OS=='linux'", { "ldflags": ["-pthread", "-static-libgcc", "-static-libstdc++"] }]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "sources": ["<@(kernel_sources)"],
          "defines": ["ST_ISA=avx2"],
          "cflags_cc": ["-mavx2", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/clang:-mavx2", "/clang:-mfma"] } }
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["<@(kernel_sources)"],
          "defines": ["ST_ISA=avx512"],
          "cflags_cc": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mprefer-vector-width=512"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/clang:-mavx512f", "/clang:-mavx512bw", "/clang:-mavx512dq", "/clang:-mavx512vl", "/clang:-mfma"] } }
        }
      ]
    }]
  ]
}
