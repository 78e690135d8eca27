// TLS to a server whose certificate bears a name, while libmariadb is told an address.

#include <poll.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "integration/backend_fixture.hpp"

namespace maproom::test {
namespace asio = boost::asio;
namespace {

bool pending(asio::ip::tcp::acceptor& listener) {
  pollfd wanted{listener.native_handle(), POLLIN, 0};
  return ::poll(&wanted, 1, 0) == 1;
}

/// A server with a certificate for "localhost" by a CA of the test's own.
class TlsServer {
 public:
  TlsServer() : server_{make_options(folder_)} {
    server_.sql(
        "CREATE DATABASE probe; CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'secret' REQUIRE SSL; "
        "GRANT SELECT ON probe.* TO reader@'127.0.0.1'");
  }
  [[nodiscard]] const PrivateMariadb& mariadb() const { return server_; }
  [[nodiscard]] std::string ca() const { return folder_.path("ca.pem"); }

 private:
  static std::vector<std::string> make_options(const TempDir& folder) {
    const auto openssl = [](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), "openssl");
      const auto made = run_command(arguments);
      if (made.status != 0) throw std::runtime_error{"openssl: " + made.err};
    };
    const auto key = folder.path("key.pem");
    openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test CA", "-keyout",
             folder.path("ca-key.pem"), "-out", folder.path("ca.pem")});
    openssl({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout", key, "-out", folder.path("request.pem")});
    openssl({"x509", "-req", "-days", "2", "-in", folder.path("request.pem"), "-CA", folder.path("ca.pem"), "-CAkey",
             folder.path("ca-key.pem"), "-CAcreateserial", "-copy_extensions", "copy", "-out",
             folder.path("cert.pem")});
    run_command({"chown", "-R", "mysql", folder.path()});
    return {"--ssl-ca=" + folder.path("ca.pem"), "--ssl-cert=" + folder.path("cert.pem"), "--ssl-key=" + key};
  }
  TempDir folder_;
  PrivateMariadb server_;
};

class BackendTlsTest : public PoolTest {
 protected:
  static TlsServer& tls() {
    static TlsServer server;
    return server;
  }
  [[nodiscard]] static backend::ConnectionSettings verified(const std::string& host) {
    auto with = over_tcp(host, tls().mariadb().port());
    with.tls_ca_file = tls().ca();
    with.tls_verify_cert = true;
    return with;
  }
};

TEST_F(BackendTlsTest, TheCertificateIsComparedWithTheNameOfTheHost) {
  const auto answer = ask(pool(verified("localhost")),
                          "SELECT IF(VARIABLE_VALUE LIKE 'TLS%%', 'over TLS', 'not over TLS') FROM "
                          "information_schema.session_status WHERE VARIABLE_NAME = 'Ssl_version'");
  EXPECT_EQ(value(answer), "over TLS");
}

TEST_F(BackendTlsTest, MigrateConnectsAsTheConfigurationSays) {
  tls().mariadb().sql(
      "CREATE DATABASE work; CREATE USER owner@'127.0.0.1' IDENTIFIED BY 'secret' REQUIRE SSL; GRANT ALL ON work.* TO "
      "owner@'127.0.0.1'");
  const TempDir folder;
  const auto migrate = [&](const std::string& settings) {
    const auto config =
        folder.write("maproom.toml", "[mariadb]\nhosts = [\"inet:127.0.0.1:" + std::to_string(tls().mariadb().port()) +
                                         "\"]\ndatabase = \"work\"\n" + settings +
                                         "[maps.it]\nparameter = \"exact\"\nquery = \"SELECT '%s'\"\n");
    return run_command({MAPROOM_BINARY, "migrate", "--config", config, "--sql-dir", MAPROOM_SOURCE_DIR "/sql", "--user",
                        "owner", "--password-file", folder.write("password", "secret\n")});
  };
  EXPECT_EQ(migrate("").status, 69) << "it has to ask for TLS";
  const auto ca = "tls_ca_file = \"" + tls().ca() + "\"\n";
  const auto applied = migrate(ca);
  EXPECT_EQ(applied.status, 0) << applied.err;
  const auto other = migrate(ca + "tls_verify_cert = true\n");
  EXPECT_EQ(other.status, 69) << "the certificate is for localhost";
  EXPECT_NE(other.err.find("certificate"), std::string::npos) << other.err;
}

TEST_F(BackendTlsTest, ACertificateForAnotherNameIsRefused) {
  const auto answer = ask(pool(verified("127.0.0.1")), "SELECT 1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_NE(answer.error().detail.find("certificate"), std::string::npos) << answer.error().detail;
}

TEST_F(BackendTlsTest, ASilentServerCostsNoMoreThanTheDeadlineUnderTlsToo) {
  auto& p = pool(verified("localhost"));
  ASSERT_EQ(value(ask(p, "SELECT 1")), "1");
  tls().mariadb().pause();
  const auto begin = Clock::now();
  const auto answer = ask(p, "SELECT 1", "key", milliseconds{300});
  const auto took = Clock::now() - begin;
  tls().mariadb().resume();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timeout);
  EXPECT_LT(took, milliseconds{10000});
  EXPECT_EQ(value(ask(p, "SELECT 'back'")), "back");
}

TEST_F(BackendTlsTest, APeerThatFallsSilentInTheHandshakeHoldsTheLoopForAMomentOnly) {
  // Greets as a server that can do TLS, and says no more.
  asio::ip::tcp::acceptor listener{io, {asio::ip::make_address("127.0.0.1"), 0}};
  auto with = verified("127.0.0.1");
  with.hosts[0].port = listener.local_endpoint().port();
  std::optional<Answer> answer;
  const auto begin = Clock::now();
  start_asking(pool(with), "SELECT 1", milliseconds{4000}, [&](Answer got) { answer.emplace(std::move(got)); });
  ASSERT_TRUE(pump_until([&] { return pending(listener); }));
  auto peer = listener.accept();
  using namespace std::string_literals;
  const std::string greeting =
      "\x0a"
      "10.11.0-test\0"s +
      "\x01\0\0\0"s + "12345678\0"s + "\x00\x8a\x2d\x02\x00\x08\x00\x15"s + std::string(10, '\0') + "123456789012\0"s;
  const std::string header{static_cast<char>(greeting.size()), '\0', '\0', '\0'};
  asio::write(peer, asio::buffer(header + greeting));
  ASSERT_TRUE(pump_until([&] { return answer.has_value(); }));
  EXPECT_FALSE(*answer);
  EXPECT_LT(Clock::now() - begin, milliseconds{15000});
}

}  // namespace
}  // namespace maproom::test
