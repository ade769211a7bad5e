// node transpile.mjs COMPONENT: makes of it what `jco transpile COMPONENT -o plugin` makes.

import { transpile, writeFiles } from "@bytecodealliance/jco-transpile";

const { files } = await transpile(process.argv[2], { name: "plugin", outDir: "plugin" });
await writeFiles(files);
