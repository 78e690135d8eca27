#pragma once
// SHA-256 in hexadecimal, for names of definitions and checksums of migrations. Pure.

#include <string>
#include <string_view>

namespace maproom {

[[nodiscard]] std::string sha256_hex(std::string_view data);

}  // namespace maproom
