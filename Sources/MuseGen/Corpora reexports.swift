@_exported public import Corpora
