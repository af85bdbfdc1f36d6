#pragma once

// Catch2 is version 2 on Debian 12 and version 3 from then on; the macros that the tests use are
// alike, and for the matcher that has another name in each there is contains().
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
inline auto contains(const std::string& text) {
  return Catch::Matchers::ContainsSubstring(text);
}
#else
#include <catch2/catch.hpp>
inline auto contains(const std::string& text) {
  return Catch::Matchers::Contains(text);
}
#endif
using Catch::Matchers::StartsWith;
