#include "slipway/id_map.hpp"

#include <algorithm>
#include <array>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace slipway {
namespace {

constexpr std::int64_t no_id = 0xffffffff;  // (uid_t)-1, which no user can have

// Three numbers of 32 bits, or Error.
IdMap three_numbers(const std::vector<std::string>& words) {
  if (words.size() != 3)
    throw Error(fmt::format("{} numbers where three are wanted", words.size()));
  std::array<std::uint32_t, 3> numbers{};
  for (size_t i = 0; i < numbers.size(); ++i) {
    const std::int64_t number = to_number(words[i]);
    if (number < 0 || number > no_id) throw Error(fmt::format("{} is no id", number));
    numbers[i] = static_cast<std::uint32_t>(number);
  }
  return {numbers[0], numbers[1], numbers[2]};
}

}  // namespace

IdMap parse_id_map(std::string_view text) {
  IdMap map;
  try {
    map = three_numbers(split(text, ':'));
  } catch (const Error& error) {
    throw Error(fmt::format("\"{}\" is not INSIDE:OUTSIDE:COUNT: {}", text, error.what()));
  }
  const std::int64_t last = std::int64_t{std::max(map.inside, map.outside)} + map.count - 1;
  if (map.count == 0 || last >= no_id)
    throw Error(fmt::format("\"{}\" maps {}", text,
                            map.count == 0 ? "nobody" : "an id greater than 4294967294"));
  return map;
}

std::vector<IdMap> parse_id_maps(const std::vector<std::string>& lines) {
  std::vector<IdMap> maps;
  for (const std::string& line : lines) {
    std::vector<std::string> words;
    for (const std::string& word : split(line, ' '))
      if (!word.empty()) words.push_back(word);  // the kernel sets them in columns
    maps.push_back(three_numbers(words));
  }
  return maps;
}

std::vector<IdMap> id_maps(pid_t pid, std::string_view file) {
  return parse_id_maps(read_lines(fmt::format("/proc/{}/{}", pid, file)));
}

}  // namespace slipway
