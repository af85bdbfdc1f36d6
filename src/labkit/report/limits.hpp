#pragma once

#include <cstddef>
#include <string_view>

/// How large a result document can be: what write_json() keeps to and parse_result() insists on.
/// Text is counted in bytes of UTF-8. docs/result.schema.json has the same numbers, in characters.
namespace labkit::report::limits {

inline constexpr std::size_t document = 32U << 20U;
inline constexpr std::size_t depth = 6;  ///< document, labs, lab, checks, check, steps or finding
inline constexpr std::size_t labs = 100;
inline constexpr std::size_t checks = 100;  ///< of a lab
inline constexpr std::size_t steps = 200;   ///< of a check
inline constexpr std::size_t name = 200;
inline constexpr std::size_t sentence = 4000;
inline constexpr std::size_t output = 16384;   ///< 4 KiB of stray bytes become 12 KiB of U+FFFD.
inline constexpr std::size_t message = 65536;  ///< A compiler has much to say.
inline constexpr int points = 10000;           ///< of a lab
inline constexpr double seconds = 1e6;

inline constexpr std::string_view mark = " [cut]";

}  // namespace labkit::report::limits
