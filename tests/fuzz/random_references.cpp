// The cases of fuzz_reference at random, the same ones in each run: a hundred thousand without a fuzzer.

#include <cstdio>
#include <random>
#include <string>

#include "support/reference_cases.hpp"

int main() {
  std::mt19937 random{20261130};
  std::string bytes(64, '\0');
  for (int i = 0; i < 100'000; ++i) {
    for (auto& byte : bytes) byte = static_cast<char>(random());
    const auto difference = maproom::test::difference_in(bytes);
    if (difference.empty()) continue;
    std::fprintf(stderr, "case %d: %s\n", i, difference.c_str());
    return 1;
  }
  return 0;
}
