"""Coverage in, passages out. Blocking; knows nothing of Telegram and nothing of an LLM.

    documents, jsonl     files, folders, pages, bulk   -> Article | Rejected
    ingest.Ingest        decide, chunk, embed, write   -> IngestReport
      store.Store          the truth: one SQLite file, keyword index inside
      vectors.ChromaIndex  follows the store; can be rebuilt from it
    retriever.Retriever  Query                         -> Passages, best first
      terms, gazetteer     the question's words, rare ones counting more, in three languages
      fuse                 meaning and words on one scale, copies collapsed
    highlight            Passages                      -> the sentences nearest to a question

Start with `models` for the nouns and `protocols` for the seams.
"""
