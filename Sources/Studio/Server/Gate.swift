import FlyingFox
import Foundation

/// Who may ask: the page itself, and programs that this machine's user runs or that know the token.
///
/// A page from elsewhere that the user has open in the same browser can send requests here, too, and its name may be
/// made to lead to this machine (DNS rebinding). The host that a browser believes to talk to and the page that
/// asks tell them apart.
struct Gate: Sendable {
  /// The port that is listened on.
  let port: UInt16
  /// Whether only this machine can reach us.
  let isLocal: Bool
  /// What must be known; nil where nothing.
  let token: String?

  /// The name of the cookie that holds the token.
  static let cookie = "musegen-token"

  /// Lets a request in.
  ///
  /// - Throws: ``Refusal`` where it is none of ours.
  func admit(_ request: HTTPRequest) throws(Refusal) {
    guard let host = request.headers[.host]?.lowercased(), isOurs(host) else {
      throw Refusal(.misdirectedRequest, "the host is not this studio's")
    }
    if let origin = request.headers[Self.origin]?.lowercased(), origin != "http://\(host)" {
      throw Refusal(.forbidden, "a page from elsewhere asked")
    }
    // Browsers tell of requests that carry no origin, such as those for images, where they come from.
    // A link to the page itself may stand anywhere.
    let isLink = request.headers[Self.fetchMode] == "navigate" && request.target.path() == "/"
    if let site = request.headers[Self.fetchSite], !["same-origin", "none"].contains(site), !isLink
    {
      throw Refusal(.forbidden, "a page from elsewhere asked")
    }
    guard let token else { return }
    guard let given = givenToken(request), isEqual(given, token) else {
      throw Refusal(
        .unauthorized, "the token is missing or wrong; open the address that was printed")
    }
  }

  /// Whether a request brings the right token in its address, as the printed one does.
  func bringsToken(_ request: HTTPRequest) -> Bool {
    guard let token, let host = request.headers[.host]?.lowercased(), isOurs(host) else {
      return false
    }
    return request.query.contains { $0.name == "token" && isEqual($0.value, token) }
  }

  private func isOurs(_ host: String) -> Bool {
    // From elsewhere we may be reached by any name; the token, which no other page has, tells then.
    !isLocal || ["127.0.0.1", "localhost"].contains { host == "\($0):\(port)" }
      || port == 80 && ["127.0.0.1", "localhost"].contains(host)
  }

  private func givenToken(_ request: HTTPRequest) -> String? {
    if let words = request.headers[.authorization]?.split(separator: " "), words.count == 2,
      words[0].lowercased() == "bearer"
    {
      return String(words[1])
    }
    for part in (request.headers[.cookie] ?? "").split(separator: ";") {
      let pair = part.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1)
      if pair.count == 2, pair[0] == Self.cookie { return String(pair[1]) }
    }
    return nil
  }

  /// Compares in a time that does not tell how much is right.
  private func isEqual(_ given: String, _ expected: String) -> Bool {
    let (given, expected) = (Array(given.utf8), Array(expected.utf8))
    var difference: UInt8 = given.count == expected.count ? 0 : 1
    for (index, byte) in expected.enumerated() {
      difference |= byte ^ (index < given.count ? given[index] : 0)
    }
    return difference == 0
  }

  private static let origin = HTTPHeader("Origin")
  private static let fetchSite = HTTPHeader("Sec-Fetch-Site")
  private static let fetchMode = HTTPHeader("Sec-Fetch-Mode")
}

extension HTTPResponse {
  /// The answer with what keeps a browser from doing more with it than we mean.
  func guarded() -> HTTPResponse {
    var guarded = self
    for (name, value) in Self.guards { guarded.headers[HTTPHeader(name)] = value }
    return guarded
  }

  private static let guards = [
    (
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
  ]
}
