/// Which merged token may come next: one all of whose base tokens may, one after another.
///
/// The mask costs a step of the base grammar for each beginning of a merged token that is still
/// allowed: it grows with the merges, not with the piece.
struct MergedGrammar: GrammarOverBase {
  private let vocabulary: MergedVocabulary
  var base: any Grammar

  init(_ vocabulary: MergedVocabulary) {
    self.vocabulary = vocabulary
    base = vocabulary.base.makeGrammar()
  }

  var wanted: TokenMask? {
    didSet { base.wanted = wanted?.prefix(vocabulary.base.count) }
  }

  mutating func advance(_ token: Token) {
    guard Int(token) < vocabulary.count else { return }
    for token in vocabulary.expansions[Int(token)] { base.advance(token) }
  }

  var allowed: TokenMask {
    var mask = TokenMask(count: vocabulary.count)
    let allowed = base.allowed
    mask.formUnion(allowed)
    addMerged(below: 0, base, allowed, to: &mask)
    return mask
  }

  private func addMerged(
    below node: Int, _ grammar: any Grammar, _ allowed: TokenMask, to mask: inout TokenMask
  ) {
    for child in vocabulary.trie.children(of: node) where allowed[child.token] {
      for merged in vocabulary.trie.merged(at: child.node) { mask[merged] = true }
      if vocabulary.trie.isLeaf(child.node) { continue }
      var next = grammar
      next.advance(child.token)
      addMerged(below: child.node, next, next.allowed, to: &mask)
    }
  }
}

/// The merged tokens by their base tokens, those with the same beginning on one branch.
struct ExpansionTrie: Sendable {
  typealias Child = (token: Token, node: Int)
  private struct Node: Sendable {
    var children: [Child] = []
    var merged: [Token] = []
  }
  private var nodes = [Node()]

  init(_ expansions: [[Token]], baseCount: Int) {
    for (token, expansion) in expansions.enumerated() where token >= baseCount {
      var node = 0
      for step in expansion {
        if let known = nodes[node].children.first(where: { $0.token == step }) {
          node = known.node
        } else {
          nodes.append(Node())
          nodes[node].children.append((step, nodes.count - 1))
          node = nodes.count - 1
        }
      }
      nodes[node].merged.append(Token(token))
    }
  }

  func children(of node: Int) -> [Child] { nodes[node].children }
  func merged(at node: Int) -> [Token] { nodes[node].merged }
  func isLeaf(_ node: Int) -> Bool { nodes[node].children.isEmpty }
}
