// Runs a fuzz target without libFuzzer: over a small corpus, then over mutations of it, always the
// same.
//
// Usage: TARGET ROUNDS FILE...
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "entry.hpp"
#include "slipway/file.hpp"

namespace {

std::mt19937 draw(1);  // NOLINT(cert-msc51-cpp): the same inputs in every run

size_t below(size_t bound) {
  return draw() % bound;
}

std::string mutated(std::string text, const std::string& other) {
  for (size_t changes = 1 + below(4); changes > 0; --changes) {
    const size_t place = text.empty() ? 0 : below(text.size());
    switch (below(5)) {
      case 0:
        if (!text.empty()) text[place] = static_cast<char>(draw());
        break;
      case 1:
        text.erase(place, 1 + below(8));
        break;
      case 2:
        text.insert(place, 1 + below(3), "()[]{}\"\\ \n\t,:-=09aK\0\xff"[below(22)]);
        break;
      case 3:
        text.insert(place, other.substr(other.empty() ? 0 : below(other.size()), below(32)));
        break;
      default:
        text.resize(place);
    }
  }
  return text;
}

void try_input(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s ROUNDS FILE...\n", argv[0]);
    return 2;
  }
  std::vector<std::string> corpus;
  for (int i = 2; i < argc; ++i) corpus.push_back(slipway::read_file(argv[i]));
  for (const std::string& text : corpus) try_input(text);
  const long rounds = std::atol(argv[1]);
  for (long i = 0; i < rounds; ++i)
    try_input(mutated(corpus[below(corpus.size())], corpus[below(corpus.size())]));
  return 0;
}
