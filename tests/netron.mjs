// Opens files with the parser of Netron:  node tests/netron.mjs FOLDER FILE ...
// FOLDER is that of the Python package netron; every initializer is decoded, and a line is printed for each file.

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const folder = resolve(process.argv[2]);
const base = await import(join(folder, 'base.js'));
const view = await import(join(folder, 'view.js'));

class Host {
    environment(name) { return name === 'zoom' ? 'none' : null; }
    screen() {}
    event() {}
    exception(error) { throw error; }
    async require(id) { return import(join(folder, `${id}.js`)); }
    async request(file, encoding, from) {
        const path = join(from || folder, file);
        if (!existsSync(path)) {
            throw new Error(`There is no ${file}.`);
        }
        return encoding ? readFileSync(path, encoding) : new base.BinaryStream(readFileSync(path));
    }
}

class Context {
    constructor(host, path) {
        this.host = host;
        this.folder = dirname(path);
        this.identifier = basename(path);
        this.name = this.identifier;
        this.stream = new base.BinaryStream(readFileSync(path));
        this.entries = new Map();
    }
    async request(file, encoding, from) { return this.host.request(file, encoding, from === undefined ? this.folder : from); }
    async require(id) { return this.host.require(id); }
    error(error) { throw error; }
}

const host = new Host();
const service = new view.ModelFactoryService(host);
for (const path of process.argv.slice(3)) {
    const model = await service.open(new Context(host, path));
    const [graph] = model.modules;
    const held = graph.nodes.flatMap((node) => node.inputs).flatMap((input) => input.value).filter((value) => value?.initializer);
    const values = held.reduce((total, value) => total + [new base.Tensor(value.initializer).value].flat(Infinity).length, 0);
    const inputs = graph.inputs.flatMap((input) => input.value).map((value) => `${value.name} ${value.type}`).join(', ');
    console.log(`${basename(path)}: ${model.format}, ${inputs}, ${graph.nodes.length} operators, ${values} values`);
}
