"""Coverage in, passages out. Blocking; knows nothing of Telegram and nothing of an LLM.

    documents, jsonl     files, folders, pages, bulk   -> Article | Rejected
    rounds.Rounds        due feeds (feeds/)            -> Article | Rejected
    backfill.Backfill    a site's past, by its sitemap -> Article | Rejected
    ingest.Ingest        decide, chunk, embed, write   -> IngestReport
      placing, appearances each article once: copies, corrections, what leaves      (pure)
      store.Store          the truth: one SQLite file, keyword index inside
      vectors.ChromaIndex  follows the store; can be rebuilt from it
    retriever.Retriever  Query                         -> Found: Passages, best first, and why
      question/            a time, outlets, literal words: filters or preferences   (pure)
      terms, gazetteer     the question's words, rare ones counting more, in three languages
      fuse, ranking        meaning and words on one scale, copies collapsed         (pure)
    highlight            Passages                      -> the sentences nearest to a question
    evaluate             answered questions            -> recall, MRR, abstention   (pure)

Start with `models` for the nouns and `protocols` for the seams.
"""
