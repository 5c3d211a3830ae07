import FlyingFox
import Foundation

/// Messages of clients, in JSON.
enum Message {
  private struct Keys: Decodable {
    var names: Set<String>

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      names = Set(container.allKeys.map(\.stringValue))
      // An order stands inside a message, and what is locked.
      for (name, keys) in Message.nested {
        guard
          let nested = try? container.nestedContainer(
            keyedBy: Key.self, forKey: Key(stringValue: name))
        else { continue }
        names.formUnion(
          Set(nested.allKeys.map(\.stringValue)).subtracting(keys).map { "\(name).\($0)" })
      }
    }
  }

  /// What stands inside messages, and what may stand in that.
  private static let nested = [("order", PieceOrder.keys), ("locks", PieceLocks.keys)]

  /// Reads a message; a word that means nothing is no slip to be passed over.
  static func decode<Content: Decodable>(
    _ type: Content.Type, keys: Set<String>, _ body: Data
  ) throws(Refusal) -> Content {
    do {
      let found = try JSONDecoder().decode(Keys.self, from: body).names
      if let unknown = found.subtracting(keys).sorted().first {
        throw Refusal(
          .badRequest,
          "\"\(unknown)\" means nothing, expected some of "
            + (nested.first { unknown.hasPrefix("\($0.0).") }?.1 ?? keys).sorted().joined(
              separator: ", "))
      }
      return try JSONDecoder().decode(type, from: body)
    } catch let refusal as Refusal {
      throw refusal
    } catch let error as DecodingError {
      throw Refusal(.badRequest, error.line)
    } catch {
      throw Refusal(.badRequest, "the body is no JSON")
    }
  }
}

extension DecodingError {
  /// What is wrong, in one line.
  fileprivate var line: String {
    func place(_ context: Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "the message" : path
    }
    return switch self {
    case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(place(context)) is of another kind than expected"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "the body is no JSON" : "\(place(context)) is none of what it may be"
    @unknown default: "the message cannot be read"
    }
  }
}
