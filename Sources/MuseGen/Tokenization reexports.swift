@_exported public import Tokenization
