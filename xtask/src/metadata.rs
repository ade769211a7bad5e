//! What a registry shows of a component: it stands in the file, as `wasm-tools metadata`
//! shows it and `wkg` publishes it.

use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Version};

use crate::Failure;
use crate::workspace::Package;

/// Returns the component with the name, version, description and licence of its package, and
/// without what the linker calls its parts: 2.5 KB in one file that only a debugger shows.
pub fn add(component: &[u8], package: &Package) -> Result<Vec<u8>, Failure> {
    let failure = |error| format!("{}: {error:#}", package.name);
    let licence = Licenses::new(&package.license)
        .map_err(|error| format!("{}: license: {error:#}", package.name))?;
    let mut nameless = AddMetadata::default();
    nameless.name = AddMetadataField::Clear;
    let component = nameless.to_wasm(component).map_err(failure)?;
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(registry_name(&package.name));
    metadata.version = AddMetadataField::Set(Version::new(package.version.clone()));
    metadata.description = AddMetadataField::Set(Description::new(package.description.clone()));
    metadata.licenses = AddMetadataField::Set(licence);
    metadata.to_wasm(&component).map_err(failure)
}

/// Returns the name under which a component is published. `rpa:auth` is the contract.
pub fn registry_name(package: &str) -> String {
    match package {
        "rpa-auth" => "rpa:auth-plugin".to_owned(),
        other => other.replacen('-', ":", 1),
    }
}

#[cfg(test)]
mod tests {
    use wasm_metadata::Payload;

    use super::*;

    /// A component without contents, whose names say that a type of it is called so
    /// (component-name section, subsection 1 of sort 3, one name).
    const WITH_A_NAME: [u8; 40] = *b"\0asm\x0d\0\x01\0\
        \0\x1e\x0ecomponent-name\x01\x0d\x03\x01\0\x09of-a-part";

    #[test]
    fn a_component_says_what_it_is() {
        let package = Package {
            name: "rpa-auth-sans-io".to_owned(),
            version: "1.2.3".to_owned(),
            description: "says what to send".to_owned(),
            license: "Apache-2.0".to_owned(),
            features: Vec::new(),
            is_component: true,
            is_example: false,
        };
        let component = add(&WITH_A_NAME, &package).unwrap();
        let holds = |name: &[u8]| component.windows(name.len()).any(|part| part == name);
        assert!(!holds(b"of-a-part"), "names of its parts");
        let payload = Payload::from_binary(&component).unwrap();
        let metadata = payload.metadata();
        assert_eq!(metadata.name.as_deref(), Some("rpa:auth-sans-io"));
        let text = |part: &dyn ToString| part.to_string();
        assert_eq!(metadata.version.as_ref().map(|x| text(x)).unwrap(), "1.2.3");
        let description = metadata.description.as_ref().map(|x| text(x));
        assert_eq!(description.unwrap(), "says what to send");
        let licences = metadata.licenses.as_ref().map(|x| text(x));
        assert_eq!(licences.unwrap(), "Apache-2.0");
    }

    #[test]
    fn no_component_is_published_as_the_contract() {
        let names = ["rpa-auth", "rpa-auth-session", "rpa-auth-sans-io-session"];
        assert_eq!(
            names.map(registry_name),
            [
                "rpa:auth-plugin",
                "rpa:auth-session",
                "rpa:auth-sans-io-session"
            ]
        );
    }
}
