// Loaded into wrangler's processes: when the one that started them is gone, even by `kill -9`, they go too.

process.once('disconnect', () => process.exit(0));
