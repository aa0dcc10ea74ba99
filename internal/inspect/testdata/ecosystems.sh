# What the image petri-test/ecosystems has, for ecosystems_test.go; run as root in petri-base/bookworm.
set -eux
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends r-base-core r-cran-jsonlite r-cran-mass python3-pip python3-venv python3-numpy python3-six libopenblas0-pthread npm rpm

# Python: a virtual environment, the user's and the site's own, a folder under development, an
# egg, the egg-info file of distutils.
python3 -m venv /opt/venv
/opt/venv/bin/pip install -q 'attrs==23.1.0' 'numpy==1.26.4' 'Jinja2==3.1.4'
pip install -q --user --break-system-packages 'idna==3.4'
pip install -q --break-system-packages 'toml==0.10.2' 'six==1.15.0'
mkdir -p /srv/dev/devtool /srv/old
cd /srv/dev
touch devtool/__init__.py
printf 'from setuptools import setup\nsetup(name="dev-tool", version="0.3", packages=["devtool"])\n' >setup.py
python3 setup.py -q develop
cd /srv/old
echo 'x = 1' >oldie.py
printf 'from distutils.core import setup\nsetup(name="oldie", version="1.0", py_modules=["oldie"])\n' >setup.py
python3 setup.py -q install
sed -i s/oldie/older/g setup.py
echo 'x = 1' >older.py
rm -rf build *.egg-info
SETUPTOOLS_USE_DISTUTILS=stdlib python3 setup.py -q install

# R: the site's library and the user's.
mkdir -p /srv/r/minime/R /root/R/x86_64-pc-linux-gnu-library/4.2
cd /srv/r
printf 'Package: minime\nVersion: 0.1-2\nTitle: T\nDescription: D.\nAuthor: A\nMaintainer: A <a@b.c>\nLicense: GPL-3\nRepository: CRAN\n' >minime/DESCRIPTION
echo 'f <- function() 1' >minime/R/f.R
echo 'export(f)' >minime/NAMESPACE
R CMD INSTALL minime
sed -i 's/0.1-2/0.2/;s/minime/another/' minime/DESCRIPTION
R CMD INSTALL -l /root/R/x86_64-pc-linux-gnu-library/4.2 minime

# npm: global and in the project.
npm install -g --silent left-pad@1.3.0 @types/node@18.0.0 chalk@4.1.2
mkdir -p /work
cd /work
echo '{"name":"work","version":"1.0.0"}' >package.json
npm install --silent debug@2.6.9 chalk@4.1.2

# RPM's database, where RPM has it.
cd /srv
for i in 1 2 3 4 5; do
	printf 'Name: tiny%s\nVersion: 1.%s\nRelease: 2\nEpoch: %s\nSummary: s\nLicense: l\nBuildArch: noarch\n%%description\nd\n%%files\n' "$i" "$i" "$i" >tiny.spec
	rpmbuild -bb --quiet --define '_rpmdir /srv/rpms' tiny.spec
done
rpm --dbpath /var/lib/rpm --nodeps --noplugins -i /srv/rpms/noarch/*.rpm
rpm --dbpath /var/lib/rpm --nodeps -e tiny3
